-- The same, the first 64 bits of each: what the manifest keeps.
SELECT
    hmac64($inner, $outer, encode('email:' || email)) AS left_email,
    hmac64($inner, $outer, encode('phone:' || phone)) AS left_phone,
    hmac64(
        $inner, $outer,
        encode('name:' || array_to_string(list_sort(string_split(name, ' ')), ' ') || '|' || business_id)
    ) AS left_name
FROM leftover_forms
ORDER BY place
