"""Problems other than retrieval on the same search core."""

DOORS = ()
