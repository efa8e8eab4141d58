INSERT INTO organisation_key BY NAME
SELECT
    o.org,
    coalesce(k.company_link, blind(hmac64($inner::BLOB, $outer::BLOB, o.nonce::VARCHAR::BLOB))) AS company_link,
    digest64(o.business_id) AS business,
    digest64(coalesce(web_domain(o.website), m.domain)) AS domain,
    digest64(organisation_core(o.name_fold) || '|' || o.visiting_postcode) AS name_visiting,
    digest64(organisation_core(o.name_fold) || '|' || o.postal_postcode) AS name_postal
FROM organisation AS o
JOIN traits AS t ON t.org = o.org
LEFT JOIN mail_domain AS m ON m.org = o.org
LEFT JOIN (
    SELECT org, company_link FROM previous.organisation_key
    WHERE EXISTS (FROM previous.meta WHERE key = 'link_key' AND value = $key)
) AS k ON k.org = o.org
ORDER BY o.org
