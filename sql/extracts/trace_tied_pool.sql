-- The pools' rows of units that a line shows which fits several, as found in the index.
CREATE OR REPLACE TEMP TABLE pool AS SELECT extract, leaked FROM tied_pool
