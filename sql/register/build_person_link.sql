-- The blinded token of every person; what the previous snapshot had under the same key is taken over.
CREATE TEMP TABLE person_link AS
SELECT
    n.person, n.nonce,
    coalesce(k.link, blind(hmac64($inner::BLOB, $outer::BLOB, n.nonce::VARCHAR::BLOB))) AS link
FROM person AS n
LEFT JOIN (
    SELECT person, any_value(person_link) AS link FROM previous.selectable
    WHERE EXISTS (FROM previous.meta WHERE key = 'link_key' AND value = $key)
    GROUP BY person
) AS k ON k.person = n.person
