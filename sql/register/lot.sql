-- A row's lot in a draw: the same whenever one version of DuckDB draws, which is as long as a draw has to last, since no
-- order is cut for more than it stated. A hundred times quicker than a digest, and a draw needs no more.
CREATE OR REPLACE TEMP MACRO lot(draw, nonce) AS hash(nonce, draw)
