//! The configuration files of the node's programs.

use std::path::Path;

use super::network::{DNS_ADDRESS, FIRST, NODE_ADDRESS, Node, POD_BRIDGE, PODS, SERVICES};

/// containerd with runc, everything in the node's own folder. It may not need a capability that virtual machines and
/// containers often lack: raising limits, lowering oom scores, `AppArmor`.
pub(super) fn containerd(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        r#"version = 2
root = "{dir}/containerd"
state = "{dir}/state"
[grpc]
  address = "{dir}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{dir}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        BinaryName = "/usr/sbin/runc"
"#
    )
}

/// Pods on a bridge. They have routes to each other, to Services and to the node, and none beyond.
pub(super) fn pods(dir: &Path, node: &Node) -> String {
    let (dir, pods) = (dir.display(), node.pods);
    format!(
        r#"{{
  "cniVersion": "0.4.0",
  "name": "folkmoot",
  "plugins": [{{
    "type": "bridge",
    "bridge": "{POD_BRIDGE}",
    "isGateway": true,
    "hairpinMode": true,
    "ipam": {{
      "type": "host-local",
      "dataDir": "{dir}/addresses",
      "ranges": [[{{"subnet": "{pods}"}}]],
      "routes": [{{"dst": "{PODS}"}}, {{"dst": "{SERVICES}"}}, {{"dst": "{NODE_ADDRESS}/32"}}]
    }}
  }}]
}}
"#
    )
}

/// The kubelet, which only the API server's certificate and tokens with the right may command. The second one has control
/// groups of its own, since a kubelet removes those of pods that it does not know.
pub(super) fn kubelet(dir: &Path, authority: &Path, node: &Node) -> String {
    let (dir, authority, address) = (dir.display(), authority.display(), node.address);
    let groups = if node.name == FIRST.name { "/" } else { node.name };
    format!(
        "apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: {address}
port: 20250
readOnlyPort: 0
healthzBindAddress: 127.0.0.1
healthzPort: 20248
authentication:
  anonymous: {{enabled: false}}
  webhook: {{enabled: true}}
  x509: {{clientCAFile: {authority}}}
authorization: {{mode: Webhook}}
cgroupDriver: cgroupfs
cgroupRoot: {groups}
failCgroupV1: false
failSwapOn: false
containerRuntimeEndpoint: unix://{dir}/containerd.sock
clusterDNS: [{DNS_ADDRESS}]
clusterDomain: cluster.local
resolvConf: {dir}/resolv.conf
enforceNodeAllocatable: []
evictionHard: {{imagefs.available: 1%, nodefs.available: 1%, memory.available: 100Mi}}
imageGCHighThresholdPercent: 100
oomScoreAdj: 0
podLogsDir: {dir}/pod-logs
volumePluginDir: {dir}/volume-plugins
"
    )
}

/// kube-proxy: Services by iptables, `NodePorts` on loopback only.
pub(super) fn kube_proxy(kubeconfig: &Path, node: &Node) -> String {
    let name = node.name;
    format!(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
nodePortAddresses: [127.0.0.0/8]
bindAddress: 127.0.0.1
healthzBindAddress: 127.0.0.1:20256
metricsBindAddress: 127.0.0.1:20249
clusterCIDR: {PODS}
hostnameOverride: {name}
clientConnection: {{kubeconfig: {}}}
conntrack: {{maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}}
",
        kubeconfig.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_have_no_route_beyond_the_cluster() {
        let network: serde_json::Value =
            serde_json::from_str(&pods(Path::new("/nowhere"), &FIRST)).unwrap();
        let routes = &network["plugins"][0]["ipam"]["routes"];
        let node = format!("{NODE_ADDRESS}/32");
        assert_eq!(routes, &serde_json::json!([{"dst": PODS}, {"dst": SERVICES}, {"dst": node}]));
        assert_eq!(network["plugins"][0].get("ipMasq"), None);
    }

    #[test]
    fn the_dns_server_has_the_address_that_pods_are_given() {
        let manifest = include_str!("../../cluster/coredns.yaml");
        assert!(manifest.contains(&format!("clusterIP: {DNS_ADDRESS}\n")));
        let nowhere = Path::new("/nowhere");
        assert!(kubelet(nowhere, nowhere, &FIRST).contains(&format!("[{DNS_ADDRESS}]")));
    }
}
