-- Company form ids of the register with their codes.
SELECT form, code FROM form
