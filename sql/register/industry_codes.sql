-- Industry ids of the register with version, code and division.
SELECT industry, version, code, division FROM industry
