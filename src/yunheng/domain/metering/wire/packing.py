"""Unpacking with a bound that holds before the memory is taken."""

from __future__ import annotations

import zlib

import cramjam

from yunheng.domain.metering.wire import TooLarge, Unreadable

GZIP = 31  # zlib's name for gzip with the widest window


def gunzip(body: bytes, most: int) -> bytes:
    """A gzip body of at most ``most`` bytes unpacked. Raises TooLarge, Unreadable."""
    unpack = zlib.decompressobj(GZIP)
    try:
        data = unpack.decompress(body, most + 1)
    except zlib.error as error:
        raise Unreadable("gzip 压缩的内容无法解开") from error
    if len(data) > most:
        raise TooLarge("解压后过大")
    if not unpack.eof or unpack.unused_data:
        raise Unreadable("gzip 压缩的内容不完整")
    return data


def unsnap(body: bytes, most: int) -> bytes:
    """A snappy block (not framed) of at most ``most`` bytes unpacked. Raises TooLarge, Unreadable."""
    try:
        if cramjam.snappy.decompress_raw_len(body) > most:
            raise TooLarge("解压后过大")
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise Unreadable("snappy 压缩的内容无法解开") from error
