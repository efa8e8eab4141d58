-- Organisations whose own number was given. A sole trader's is his; of a switchboard's users, any may have spoken.
CREATE OR REPLACE TEMP TABLE ban_number AS
SELECT r.n, o.org, o.sole_trader FROM ban_request AS r JOIN organisation AS o ON o.phone = r.phone WHERE NOT r.whole
