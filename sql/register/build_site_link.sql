-- The blinded token of every organisation at a place.
CREATE TEMP TABLE site_link AS
SELECT
    s.org, s.place,
    blind(hmac64($inner::BLOB, $outer::BLOB, encode(o.nonce::VARCHAR || '|' || s.place))) AS link
FROM (SELECT DISTINCT org, place FROM deliverable) AS s
JOIN organisation AS o ON o.org = s.org
