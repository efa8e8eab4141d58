-- Newcomers whose name is nearly a banned person's in the same organisation: a nickname, one part of a double name, a
-- letter more, less or other (T02). Organisations without a ban, keyed apart, need no name of theirs spelt out.
WITH place AS (
    SELECT p.org, lpad((p.org // 10)::VARCHAR, 7, '0') || '-' || (p.org % 10) AS business_id
    FROM (SELECT DISTINCT org FROM position WHERE person >= $since) AS p
    SEMI JOIN suppression_key AS k ON k.kind = 'near_place' AND k.key_id = $key_id AND k.key = unhex(hmac_hex($inner, $outer,
        encode('near_place:' || lpad((p.org // 10)::VARCHAR, 7, '0') || '-' || (p.org % 10))))
), newcomer AS (
    SELECT DISTINCT p.person, place.business_id FROM position AS p JOIN place ON place.org = p.org WHERE p.person >= $since
), named AS (
    SELECT person, name_fold FROM person SEMI JOIN newcomer USING (person)
    UNION
    SELECT person, name_fold FROM person_name SEMI JOIN newcomer USING (person)
), part AS (
    SELECT person, unnest(string_split(near_fold(name_fold), ' ')) AS part, string_split(near_fold(name_fold), ' ') AS parts
    FROM named WHERE name_fold IS NOT NULL
), spelt AS (
    SELECT person, coalesce(c.class, g.given) AS given, unnest(near_spellings(g.part)) AS spelling
    FROM (SELECT person, part, unnest(list_filter(parts, lambda p: p <> part)) AS given FROM part) AS g
    LEFT JOIN given_class AS c ON c.given = g.given
)
SELECT DISTINCT k.ban, k.grade, 'person' AS target, s.person::BIGINT AS id, NULL::VARCHAR AS channel
FROM spelt AS s
JOIN newcomer AS n ON n.person = s.person
JOIN suppression_key AS k ON k.kind = 'near' AND k.key_id = $key_id
    AND k.key = unhex(hmac_hex($inner, $outer, encode('near:' || s.given || '|' || s.spelling || '|' || n.business_id)))
