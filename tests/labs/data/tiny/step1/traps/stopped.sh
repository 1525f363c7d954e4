#@ engine stop web
