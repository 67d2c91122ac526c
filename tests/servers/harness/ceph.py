"""A whole Ceph cluster on 127.0.0.1 that lives in memory: one monitor, one OSD, one S3 gateway."""

import os
import secrets
import shutil
import uuid

# The gateway sets secure/cephx for itself unless told otherwise in its own section, and then waits for ever.
# Without tcp_nodelay every request on a kept connection costs 40 ms.
CONFIGURATION = """\
[global]
fsid = {fsid}
mon_host = v2:127.0.0.1:{mon_port}/0
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
ms_bind_ipv6 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
admin_socket =
log_file =
log_to_stderr = true
pid_file =
run_dir = {dir}
crash_dir = {dir}/crash
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000

[mon]
mon_data = {dir}/mon
mon_cluster_log_file = {dir}/cluster.log
mon_data_avail_crit = 1
mon_data_avail_warn = 2
paxos_propose_interval = 0.01

[osd]
osd_data = {dir}/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_class_load_list = *
osd_class_default_list = *
osd_op_num_shards = 1

[client.rgw]
rgw_data = {dir}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{rgw_port} tcp_nodelay=1
rgw_dns_name = localhost
rgw_enable_apis = s3, s3website, admin, iam, sts
rgw_enable_static_website = true
rgw_enable_gc_threads = false
rgw_enable_lc_threads = false
rgw_enable_quota_threads = false
rgw_run_sync_thread = false
rgw_crypt_require_ssl = false
rgw_thread_pool_size = 32
debug_rgw = 0/0
rgw_max_concurrent_requests = 256
ms_mon_client_mode = crc
auth_client_required = none
"""


def installed():
    """Whether every program that is needed here is on the PATH."""
    programs = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
    return all(shutil.which(program) for program in programs)


def start(processes, mon_port, rgw_port):
    """Starts the cluster and makes two accounts that know nothing of each other: their endpoint and keys."""
    home = os.path.join(processes.run, "ceph")
    for part in ("mon", "osd", "rgw", "crash"):
        os.makedirs(os.path.join(home, part))
    fsid, conf = str(uuid.uuid4()), os.path.join(home, "ceph.conf")
    with open(conf, "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(fsid=fsid, dir=home, mon_port=mon_port, rgw_port=rgw_port))
    start_monitor(processes, home, conf, fsid, mon_port)
    start_osd(processes, conf)
    processes.start("radosgw", ["radosgw", "-c", conf, "-n", "client.rgw", "-f"])
    processes.wait_for("radosgw", rgw_port)
    keys = {"endpoint": f"http://127.0.0.1:{rgw_port}", "region": "us-east-1"}
    keys["key"], keys["secret"] = make_account(processes, conf, "owner")
    keys["other_key"], keys["other_secret"] = make_account(processes, conf, "other")
    return keys


def start_monitor(processes, home, conf, fsid, port):
    """Makes the monitor's store, and starts it."""
    monmap = os.path.join(home, "monmap")
    address = f"[v2:127.0.0.1:{port}]"
    processes.call("ceph-setup", ["monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, monmap])
    processes.call("ceph-setup", ["ceph-mon", "-c", conf, "-i", "a", "--mkfs", "--monmap", monmap])
    processes.start("ceph-mon", ["ceph-mon", "-c", conf, "-i", "a", "-f"])


def start_osd(processes, conf):
    """Registers the one OSD, makes its store, and starts it. The first command waits for the monitor."""
    osd = str(uuid.uuid4())
    processes.call("ceph-setup", ["ceph", "-c", conf, "--connect-timeout", "60", "osd", "new", osd, "0"])
    processes.call("ceph-setup", ["ceph-osd", "-c", conf, "-i", "0", "--mkfs", "--osd-uuid", osd])
    processes.start("ceph-osd", ["ceph-osd", "-c", conf, "-i", "0", "-f"])


def make_account(processes, conf, name):
    """An S3 account with fresh keys."""
    key, secret = secrets.token_hex(10).upper(), secrets.token_hex(20)
    processes.call("ceph-setup", [
        "radosgw-admin", "-c", conf, "-n", "client.rgw", "user", "create", f"--uid={name}",
        f"--display-name={name}", f"--access-key={key}", f"--secret-key={secret}",
    ])
    return key, secret
