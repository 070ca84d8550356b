"""In which collation addresses are kept, so that their case is folded alike in every database.

With Turkish or Azeri collations lower('I') is a dotless i: an address would be another one in the database than in
Python, and a suppressed reader would be mailed. In "C" letters of ASCII are folded, which are all that an address has,
and no upgrade of the C library changes that.
"""

FOLDING = "C"
