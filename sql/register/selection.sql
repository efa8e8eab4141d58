-- The selected rows when no kind of organisation is left out.
CREATE OR REPLACE TEMP VIEW selection AS FROM meeting
