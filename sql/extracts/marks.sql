-- The symbol of each unit that has a choice in one channel, with its bias and scope (fingerprint.md 2.1); by place.
-- The symbol is drawn from the unit's token, as the manifest has it: whoever is shown a scope key can draw it again.
WITH message AS (
    SELECT place, encode(unit || ':' || $channel) AS message,
           encode(substr(hmac_hex($unit_inner, $unit_outer, encode(unit)), 1, 32) || ':' || $channel) AS shown
    FROM gate_units WHERE choice
), drawn AS (
    SELECT place, shown,
           contains('13579bdf', right(hmac_hex($level_inner, $level_outer, message), 1)) AS extract_scope,
           CASE WHEN contains('13579bdf', right(hmac_hex($bias_inner, $bias_outer, message), 1))
                THEN $high::DOUBLE ELSE $low::DOUBLE END AS p
    FROM message
), symbol AS (
    SELECT place, p, extract_scope::TINYINT AS scope,
           (hmac_unit(CASE WHEN extract_scope THEN $extract_inner ELSE $customer_inner END,
                      CASE WHEN extract_scope THEN $extract_outer ELSE $customer_outer END, shown) < p)::TINYINT AS symbol
    FROM drawn
)
SELECT s.symbol, s.p, s.scope
FROM gate_units AS u
LEFT JOIN symbol AS s ON s.place = u.place
ORDER BY u.place
