# Stopped for a closer look: the customers wait.
#@ solution
#@ engine pause target
#@ undo
#@ engine unpause target
rm /report/status /report/successor
