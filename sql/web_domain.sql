-- The registrable name of a web address, as far as it can be told without a list: lower case, no scheme, no www, no path.
CREATE OR REPLACE TEMP MACRO web_domain(address) AS
    nullif(regexp_extract(lower(address), '^\s*(?:https?://)?(?:www\.)?([a-z0-9åäö-]+(?:\.[a-z0-9åäö-]+)*\.[a-z]{2,})(?:[:/?#].*)?\s*$', 1), '')
