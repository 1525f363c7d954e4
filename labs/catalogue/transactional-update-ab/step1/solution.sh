ostree admin upgrade --os=os
