# Nothing runs from it before the node starts again.
faulty=$(snapper --csvout list --columns number | tail -1)
transactional-update rollback "$(snapper --csvout list --columns number,description | sed -n "s/^$faulty,.*of #//p")"
#@ undo
transactional-update rollback
