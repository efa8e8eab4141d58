-- Register ids behind manifest tokens, merged ids followed: the reverse of register/tokens.
WITH found AS (
    SELECT t.token, p.person
    FROM (SELECT person, unhex(substr(hmac_hex($link_inner, $link_outer, nonce::VARCHAR::BLOB), 1, 32)) AS token FROM person) AS p
    JOIN leaked AS t ON t.token = p.token
    UNION
    SELECT t.token, coalesce(a.person, f.person)
    FROM leaked AS t JOIN former AS f ON f.token = t.token LEFT JOIN person_alias AS a ON a.former = f.person
)
SELECT token, person FROM found
