-- Keyed hashes of rows, one of each way in which the row may be spoken of (extracts.gate.leftover), in their order.
SELECT
    hmac_hex($inner, $outer, encode('email:' || email)) AS email,
    hmac_hex($inner, $outer, encode('phone:' || phone)) AS phone,
    hmac_hex(
        $inner, $outer,
        encode('name:' || array_to_string(list_sort(string_split(name, ' ')), ' ') || '|' || business_id)
    ) AS name
FROM leftover_forms
ORDER BY place
