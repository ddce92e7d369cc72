"""What runs, measured (8, 10.2): senders, the samples that they send, and the roll-ups that others read.

wire       the two formats that machines speak, turned into samples
journal    a sample is answered for when it is here: appended and synced
store      the journal compacted into parquet by local day; hourly and daily roll-ups; what is kept and for how long
given      figures that a provider handed in, beside what was measured; tables reads them, handing takes them in
operations senders are enrolled and revoked; a delivery is taken in
"""
