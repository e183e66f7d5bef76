// Source of the link checks: the object under test is the archive that is linked whole.
