# shellcheck shell=bash
# A Docker engine and the images of the tests, without a registry: the images are made from this machine's own files.
# Sourced; as root on Debian 12: docker_up && docker_images JAVA_HOME, then docker_down.

export TESTCONTAINERS_RYUK_DISABLED=true                   # its image isn't made here: docker_down does its work
export TESTCONTAINERS_HOST_OVERRIDE=localhost              # also on a virtual machine that has a /.dockerenv
export TESTCONTAINERS_TINYIMAGE_CONTAINER_IMAGE=local/jre  # instead of alpine, to probe what can be mounted
export TESTCONTAINERS_PULL_TIMEOUT=1                       # a missing image fails in seconds

DOCKERD_PID=
DOCKERD_LOG=${DOCKERD_LOG:-/tmp/dockerd.log}
SHELL_TOOLS=(/bin/{sh,bash,cat,ls,sleep,grep,mkdir,rm} /usr/bin/{env,id,head,timeout})

apt_install() {
  local get=(apt-get install -y -qq --no-install-recommends "$@")
  export DEBIAN_FRONTEND=noninteractive
  "${get[@]}" >/dev/null 2>&1 || { apt-get update -qq && "${get[@]}"; } >/dev/null
}

docker_up() {
  docker version >/dev/null 2>&1 && return
  [[ -x /usr/sbin/dockerd ]] || apt_install docker.io || return
  rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid  # left by an engine that was killed
  setsid dockerd --bip 172.17.0.1/16 --ip 127.0.0.1 --iptables=false --ip6tables=false --ip-forward=false \
    >"$DOCKERD_LOG" 2>&1 </dev/null &
  DOCKERD_PID=$!
  local _
  for _ in {1..300}; do
    docker version >/dev/null 2>&1 && return
    kill -0 "$DOCKERD_PID" 2>/dev/null || break
    sleep 0.1
  done
  echo "dockerd doesn't answer:" >&2
  tail -n 20 "$DOCKERD_LOG" >&2
  return 1
}

# Removes what the tests left, and stops the engine if docker_up started it.
docker_down() {
  local what
  if docker version >/dev/null 2>&1; then
    for what in label=org.testcontainers=true name=sharedstate-it-; do
      docker ps -aq --filter "$what" | xargs -r docker rm -fv || :
      docker network ls -q --filter "$what" | xargs -r docker network rm || :
      docker volume ls -q --filter "$what" | xargs -r docker volume rm || :
    done
  fi >/dev/null
  if [[ -n $DOCKERD_PID ]]; then
    kill "$DOCKERD_PID" || :
    wait "$DOCKERD_PID" || :
    DOCKERD_PID=
  fi
}

# host_image NAME CHANGE PATH...
# One layer of this machine's files: each PATH, a directory whole, with the shared libraries that the PATHs that are files
# and the files in $LDD load, but for those below $SKIP. CHANGE is a line as in a Dockerfile. Symbolic links are followed.
host_image() {
  local name=$1 change=$2 path root binaries=()
  shift 2
  for path in "$@"; do
    [[ -d $path ]] || binaries+=("$path")
  done
  root=$(mktemp -d)
  mkdir -p "$root"/{root,run,etc,var/tmp,var/lib/nginx,var/log/nginx}
  install -d -m 1777 "$root/tmp"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  # Not every path is a program; a failure of tar is one of the whole.
  (
    set -o pipefail
    {
      printf '%s\n' "$@" /etc/passwd /etc/group
      # shellcheck disable=SC2086
      { ldd "${binaries[@]}" ${LDD:-} 2>/dev/null || :; } |
        awk '$2 == "=>" && $3 ~ /^\// {print $3} $1 ~ /^\/.*ld-linux/ {print $1}' |
        xargs -r realpath -s | { grep -v "^${SKIP:-@none@}" || :; }
    } | sort -u | sed 's#^/##' |
      tar -ch --hard-dereference --owner=0 --group=0 \
        --exclude='*/'{jmods,src.zip,man,docs,legal,include,ct.sym} -C / -T - -C "$root" . |
      docker import -c "$change" - "$name" >/dev/null
  ) || {
    rm -rf "$root"
    echo "the image $name was not made" >&2
    return 1
  }
  rm -rf "$root"
}

# docker_images JAVA_HOME: local/jre, local/nginx, local/redis, and local/systemd with systemd and a JDK
docker_images() {
  local jdk=$1 jdk_libraries units=/lib/systemd/system
  jdk_libraries="$jdk/bin/java $jdk/lib/server/libjvm.so $(echo "$jdk"/lib/*.so)"
  docker image inspect local/jre >/dev/null 2>&1 ||
    LDD=$jdk_libraries SKIP=$jdk/ \
      host_image local/jre "ENV PATH=$jdk/bin:/usr/bin:/bin" "$jdk" "${SHELL_TOOLS[@]}" || return
  if ! docker image inspect local/nginx >/dev/null 2>&1; then
    [[ -x /usr/sbin/nginx ]] || apt_install nginx-light || return
    host_image local/nginx 'ENV PATH=/usr/sbin:/usr/bin:/bin' /usr/sbin/nginx /etc/nginx/mime.types "${SHELL_TOOLS[@]}" || return
  fi
  if ! docker image inspect local/redis >/dev/null 2>&1; then
    [[ -x /usr/bin/redis-server ]] || apt_install redis-server || return
    host_image local/redis 'ENV PATH=/usr/bin:/bin' /usr/bin/redis-{server,cli} "${SHELL_TOOLS[@]}" || return
  fi
  docker image inspect local/systemd >/dev/null 2>&1 && return
  [[ -x /lib/systemd/systemd ]] || apt_install systemd || return
  LDD=$jdk_libraries SKIP=$jdk/ host_image local/systemd "ENV PATH=$jdk/bin:/usr/bin:/bin" "$jdk" "${SHELL_TOOLS[@]}" \
    /lib/systemd/systemd{,-shutdown} /bin/{systemctl,systemd-sysusers,umount,ln} \
    "$units"/{basic,final,multi-user,network,paths,shutdown,slices,sockets,swap,sysinit,timers,umount}.target
}
