#@ solution
echo '/data/{zone}.tsv' >/report/file
#@ undo
rm /report/file /report/error
