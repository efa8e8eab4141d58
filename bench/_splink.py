"""Splink 5 on the matcher's own normalised columns; run by the environment that ``bench/splink.sh`` makes.

``python bench/_splink.py REGISTER.parquet CRM.parquet OUT.parquet COLUMN…``: the best register row of each row of the
CRM and its probability. Trained as its guide says: u from random pairs, m by expectation maximisation.
"""

from __future__ import annotations

import sys

import duckdb
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

COMPARISONS = {
    "name": cl.JaroWinklerAtThresholds("name", [0.97, 0.92, 0.85]).configure(term_frequency_adjustments=True),
    "identifier": cl.LevenshteinAtThresholds("identifier", 1),
    "phone": cl.ExactMatch("phone"),
    "domain": cl.ExactMatch("domain"),
    "street": cl.JaroWinklerAtThresholds("street", [0.92]),
    "number": cl.ExactMatch("number"),
    "postcode": cl.LevenshteinAtThresholds("postcode", 1),
    "city": cl.JaroWinklerAtThresholds("city", [0.92]),
}
BLOCKS = {
    "identifier": block_on("identifier"),
    "phone": block_on("phone"),
    "domain": block_on("domain"),
    "name": block_on("name"),
    "postcode": block_on("postcode", "substr(name, 1, 3)"),
    "city": block_on("city", "substr(name, 1, 5)"),
    "street": block_on("street", "number"),
}


def main(register: str, crm: str, out: str, *columns: str) -> None:
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "6GB"})
    api = DuckDBAPI(connection)
    sides = [
        api.register(connection.read_parquet(file), dataset_display_name=name)
        for file, name in ((register, "register"), (crm, "crm"))
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[COMPARISONS[column] for column in columns],
        blocking_rules_to_generate_predictions=[rule for name, rule in BLOCKS.items() if name in columns],
        retain_matching_columns=False,
    )
    linker = Linker(sides, settings, log_level=None)
    certain = [BLOCKS[name] for name in ("identifier", "name") if name in columns]
    linker.training.estimate_probability_two_random_records_match(certain[:1], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6)
    for name in [one for one in ("name", "phone", "postcode") if one in columns][:2]:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(name))
    pairs = linker.inference.predict(threshold_match_probability=0.01).as_duckdbpyrelation()
    connection.register("pair", pairs.to_arrow_table())
    connection.execute(
        "COPY (SELECT if(source_dataset_l = 'crm', unique_id_l, unique_id_r) AS crm,"
        " max_by(if(source_dataset_l = 'crm', unique_id_r, unique_id_l), match_probability) AS register,"
        " max(match_probability) AS p FROM pair GROUP BY 1 ORDER BY 1) TO '" + out + "' (FORMAT parquet)"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
