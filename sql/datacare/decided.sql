-- Rows whose best candidate is sure already; the rest is looked at once more, with slips of the pen.
CREATE OR REPLACE TABLE decided AS SELECT pid, rid, p, p_none FROM scored WHERE p >= $sure
