# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""About half a minute of seeded fuzzing: the same documents in every run. `make fuzz` goes on from there."""

from __future__ import annotations

import hashlib
import random
import time

import pytest

from tests.fuzz.mutation import Mutator
from tests.fuzz.records import damaged
from tests.fuzz.records import read as read_record
from tests.fuzz.targets import READINGS, corpus, read

NAMES = list(READINGS)
EXECUTIONS = 1000
SLOWEST = 5.0


@pytest.mark.parametrize("name", NAMES)
def test_the_corpus_itself_is_read(name: str) -> None:
    documents = list(corpus())
    assert len(documents) >= 30
    for document in documents:
        for status in (200, 500):
            read(name, document, status)


@pytest.mark.parametrize("seed", range(16))
def test_mutated_responses_give_a_value_or_one_line(seed: int) -> None:
    mutator = Mutator(list(corpus()), seed)
    for number in range(EXECUTIONS):
        name, document = mutator.choose(NAMES), mutator.document()
        started = time.perf_counter()
        try:
            read(name, document)
        except Exception as error:
            raise AssertionError(f"seed {seed}, document {number}, read as {name}: {document!a}") from error
        assert time.perf_counter() - started < SLOWEST, f"seed {seed}, document {number}"


def test_the_same_seed_makes_the_same_documents() -> None:
    def digest(seed: int) -> str:
        mutator = Mutator(list(corpus()), seed)
        return hashlib.sha256(b"".join(mutator.document() for _number in range(50))).hexdigest()

    assert digest(7) == digest(7) != digest(8)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_records_are_read_or_named(seed: int) -> None:
    chance = random.Random(seed)
    for number in range(3000):
        name, text = damaged(chance)
        try:
            read_record(name, text)
        except Exception as error:
            raise AssertionError(f"seed {seed}, value {number}: {name!a}, {text[:2000]!a}") from error
