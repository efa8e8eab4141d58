-- The selected rows when the customer has nobody and nobody is pressed.
CREATE OR REPLACE TEMP VIEW compared AS
SELECT *, 0 AS held FROM selection
