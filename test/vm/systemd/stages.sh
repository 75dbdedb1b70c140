# Runs on the machine with systemd, once before its reboot and once after.
state=/var/lib/procview-test
if [ ! -e $state ]; then
  mkdir -p $state
  node dist/test/vm/systemd/service.test.js || touch $state/failed
  sync
  systemctl reboot
  sleep infinity
fi
node dist/test/vm/systemd/reboot.test.js && [ ! -e $state/failed ]
