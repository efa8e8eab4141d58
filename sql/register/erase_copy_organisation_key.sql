INSERT INTO organisation_key SELECT k.* FROM previous.organisation_key AS k SEMI JOIN organisation AS o ON o.org = k.org ORDER BY k.org
