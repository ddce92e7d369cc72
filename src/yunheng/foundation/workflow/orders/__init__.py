"""Work orders (工单): what providers owe, told to their machines and taken in from them, over the interface or as xlsx."""
