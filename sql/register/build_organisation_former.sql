-- Organisations that the previous snapshot knows under another name, or under former ones.
CREATE TEMP TABLE organisation_former AS
SELECT f.org, list_append(f.former_names, f.name) AS names
FROM previous.organisation AS f JOIN organisation_name AS n ON n.org = f.org
WHERE len(f.former_names) > 0 OR f.name IS DISTINCT FROM n.name
