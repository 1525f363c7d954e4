transactional-update rollback
#@ undo
transactional-update rollback "$(snapper --csvout list --columns number | tail -1)"
