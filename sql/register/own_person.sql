-- Persons that the customer's own lists name.
UPDATE judged SET fate = 6 WHERE fate = 0 AND email IN (FROM own_email)
