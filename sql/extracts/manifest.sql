-- Every unit of the pool by its pseudonymous token, with blind indexes and, where it was delivered, what was disclosed.
WITH named AS (
    SELECT * EXCLUDE (name_fold), array_to_string(list_sort(string_split(name_fold, ' ')), ' ') AS tokens FROM gate_pool
)
SELECT
    unhex(substr(hmac_hex($unit_inner, $unit_outer, encode(n.unit)), 1, 32)) AS unit,
    unhex(substr(hmac_hex($unit_inner, $unit_outer, encode(n.company_unit)), 1, 32)) AS company,
    unhex(substr(hmac_hex($unit_inner, $unit_outer, encode(n.site_unit)), 1, 32)) AS site,
    unhex(substr(hmac_hex($link_inner, $link_outer, encode(n.person_unit)), 1, 32)) AS person,
    hmac64($blind_inner, $blind_outer, encode('email:' || n.email)) AS email,
    hmac64($blind_inner, $blind_outer, encode('mobile:' || n.mobile)) AS mobile,
    hmac64($blind_inner, $blind_outer, encode('name_org:' || n.tokens || '|' || n.business_id)) AS name_org,
    hmac64($blind_inner, $blind_outer, encode('name_org:' || n.tokens || '|' || n.organisation_fold)) AS name_orgname,
    n.hot,
    d.* EXCLUDE (position)
FROM named AS n
LEFT JOIN gate_disclosed AS d ON d.position = n.position
ORDER BY 1
