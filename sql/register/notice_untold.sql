-- Persons who were not told within a month of obtaining their data: they leave the register (R096).
CREATE TEMP TABLE notice_untold AS
SELECT n.person FROM notice_seen AS n
ANTI JOIN notice_state AS s ON s.person = n.person
WHERE NOT n.notified AND n.obtained < $obtained_before::DATE
