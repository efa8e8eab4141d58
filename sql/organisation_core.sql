-- A folded organisation name without the words that only say its form.
CREATE OR REPLACE TEMP MACRO organisation_core(fold) AS
    trim(regexp_replace(fold, '\b(oy|oyj|ab|abp|ky|ay|tmi|toiminimi|fma|ry|rf|osk|ltd)\b', '', 'g'))
