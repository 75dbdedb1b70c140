# Runs on the machine with systemd, once before its reboot and once after.
left=/var/lib/procview-test
if [ ! -e $left ]; then
  mkdir -p $left
  node dist/test/vm/systemd/service.test.js || touch $left/failed
  sync
  systemctl reboot
  sleep infinity
fi
node dist/test/vm/systemd/reboot.test.js && [ ! -e $left/failed ]
