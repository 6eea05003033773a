"""Digests: the same content, the same digest; another content, another."""

from __future__ import annotations

import numpy as np
import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from objclass.data import digest
from objclass.data.blocks import Region, chunk_shape, tiles
from objclass.engine.content import ChunkDigests, MemoryVoxels

of = digest.of_array


def test_a_digest_is_thirty_two_hexadecimal_digits() -> None:
    assert len(of(np.zeros(3))) == 32
    assert set(of(np.zeros(3))) <= set("0123456789abcdef")


def plain(text: bytes) -> str:
    """The digest of bytes, by the library alone."""
    return blake3(text).hexdigest(16)


def test_a_value_is_hashed_as_canonical_json() -> None:
    text = b'{"a":[1,1.0,null,true],"b":"x"}'
    assert digest.of_value({"b": "x", "a": (1, 1.0, None, True)}) == plain(text)


def test_an_array_is_hashed_as_shape_type_and_chunks() -> None:
    array = np.arange(6, dtype=np.int32).reshape(2, 3)
    chunk = plain(b"".join(n.to_bytes(4, "little") for n in range(6)))
    assert of(array) == plain(f'["array",[2,3],"<i4",["{chunk}"]]'.encode())


def test_an_array_of_many_chunks_is_hashed_as_canonical_json() -> None:
    chunks = [plain(b"a"), plain(b"b")]
    text = digest.canonical_json(["array", [3, 70], "<f8", chunks])
    assert digest.of_chunks((np.int64(3), 70), "<f8", iter(chunks)) == plain(text.encode())


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_negative_zero_is_zero(dtype: str) -> None:
    assert of(np.array([-0.0, 1], dtype)) == of(np.array([0.0, 1], dtype))


@pytest.mark.parametrize(("dtype", "bits"), [("float32", "uint32"), ("float64", "uint64")])
def test_every_nan_is_the_same_nan(dtype: str, bits: str) -> None:
    plain = np.array([np.nan, 2], dtype)
    odd = plain.copy()
    odd.view(bits)[0] |= 5
    negative = -plain
    negative[1] = 2
    assert odd.tobytes() != plain.tobytes()
    assert of(odd) == of(plain) == of(negative)


def test_hashing_leaves_the_array_as_it_was() -> None:
    odd = np.array([np.nan, -0.0])
    odd.view("uint64")[0] |= 5
    before = odd.tobytes()
    of(odd)
    assert odd.tobytes() == before


def test_the_type_is_in_the_digest() -> None:
    kinds = ["uint8", "int8", "uint16", "uint32", "int64", "float32", "float64", "bool"]
    assert len({of(np.zeros((2, 2), kind)) for kind in kinds}) == len(kinds)


def test_the_shape_is_in_the_digest() -> None:
    shapes = [(6,), (2, 3), (3, 2), (1, 6), (1, 2, 3), (0,), (0, 3), (3, 0)]
    assert len({of(np.zeros(shape)) for shape in shapes}) == len(shapes)


def test_byte_order_and_memory_order_are_not() -> None:
    array = np.arange(12, dtype="<i4").reshape(3, 4)
    assert of(array.astype(">i4")) == of(array)
    assert of(np.asfortranarray(array)) == of(array)
    assert of(np.repeat(array, 2, axis=1)[:, ::2]) == of(array)


def test_text_is_hashed_by_its_bytes() -> None:
    stamps = np.array([b"o0123456789", b"o9876543210"], "S11")
    assert of(stamps) == of(stamps.copy())
    assert of(stamps) != of(stamps[::-1])


def test_a_value_is_typed_but_has_no_key_order() -> None:
    value = digest.of_value
    assert value({"a": 1, "b": 2}) == value({"b": 2, "a": 1})
    assert value(1) != value(1.0)
    assert value(1) != value("1")
    assert value(1) != value(True)
    assert value([1, 2]) != value([2, 1])
    assert value({"a": None}) != value({})


def test_a_tree_is_known_by_its_names_and_children() -> None:
    tree = digest.of_tree
    assert tree({"a": "1", "b": "2"}) == tree({"b": "2", "a": "1"})
    assert tree({"a": "1", "b": "2"}) != tree({"a": "2", "b": "1"})
    assert tree({}) != tree({"a": ""})


SMALL = arrays(
    st.sampled_from(["uint8", "uint32", "float32"]),
    array_shapes(min_dims=2, max_dims=3, max_side=9),
)


@given(SMALL)
def test_an_array_written_in_pieces_has_the_digest_of_the_whole(array: np.ndarray) -> None:
    voxels = MemoryVoxels(array.shape, str(array.dtype))
    voxels.write(Region.whole(array.shape), array)
    assert voxels.digest() == of(array)


@settings(max_examples=12, deadline=None)
@given(st.integers(500, 1100), st.integers(500, 1100), st.permutations(range(4)))
def test_the_order_in_which_chunks_are_written_does_not_matter(
    height: int, width: int, order: list[int]
) -> None:
    array = (np.arange(height * width, dtype=np.uint32) % 977).reshape(height, width)
    chunks = ChunkDigests(array.shape, "uint32")
    regions = list(tiles(array.shape, chunk_shape(array.shape)))
    for k in sorted(range(len(regions)), key=lambda k: (order[k % 4], k)):
        chunks.add(regions[k], array[regions[k].slices])
    assert chunks.whole() == of(array)


def test_a_write_over_several_chunks_counts_as_all_of_them() -> None:
    array = np.arange(1100 * 600, dtype=np.uint32).reshape(1100, 600)
    chunks = ChunkDigests(array.shape, "uint32")
    chunks.add(Region((0, 0), (512, 600)), array[:512])
    chunks.add(Region((512, 0), (1100, 600)), array[512:])
    assert chunks.whole() == of(array)


def test_an_array_that_was_not_wholly_written_has_no_digest() -> None:
    chunks = ChunkDigests((600, 10), "uint8")
    chunks.add(Region((0, 0), (512, 10)), np.zeros((512, 10), np.uint8))
    with pytest.raises(KeyError):
        chunks.whole()


def test_one_voxel_in_the_last_chunk_is_enough() -> None:
    array = np.zeros((65, 66, 67), np.uint8)
    other = array.copy()
    other[-1, -1, -1] = 1
    assert of(array) != of(other)


def test_large_ids_keep_their_last_bit() -> None:
    ids = np.array([[2**63, 2**63 + 1]], np.uint64)
    assert of(ids) != of(ids[:, ::-1].copy())
