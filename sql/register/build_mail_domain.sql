-- The one domain that all e-mail addresses of an organisation without a website share, unless anybody may have one there.
CREATE TEMP TABLE mail_domain AS
SELECT org, min(domain) AS domain
FROM (SELECT p.org, split_part(p.email, '@', 2) AS domain FROM position AS p WHERE p.email IS NOT NULL)
WHERE domain NOT IN (SELECT unnest($public_domains::VARCHAR[]))
GROUP BY org
HAVING min(domain) = max(domain)
