//! The addresses of the cluster, all on loopback or on bridges of its own.

use crate::stack::Ports;

/// A node of the cluster.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: &'static str,
    /// The kubelet's address.
    pub(super) address: &'static str,
    /// The addresses of its pods. Controllers hand out these ranges in the order in which nodes come.
    pub(super) pods: &'static str,
}

/// The machine itself.
pub(super) const FIRST: Node = Node { name: "node1", address: NODE_ADDRESS, pods: "10.244.6.0/24" };
/// In a network namespace, with an end of a cable, below a control group, all of this name.
pub(super) const SECOND: Node =
    Node { name: "fm-node2", address: "10.250.0.2", pods: "10.244.7.0/24" };
/// The bridge that carries the first node's address; the second node is plugged into it.
pub(super) const NODE_BRIDGE: &str = "fm-node";
/// The first node's address: the API server and its kubelet listen there, and pods reach them by it.
pub(super) const NODE_ADDRESS: &str = "10.250.0.1";
/// The bridge of a node's pods.
pub(super) const POD_BRIDGE: &str = "fm-pods";
/// The addresses of all pods.
pub(super) const PODS: &str = "10.244.6.0/23";
/// The addresses of Services; the first one is the API server's.
pub(super) const SERVICES: &str = "10.96.0.0/16";
/// The Service of the DNS server, as `coredns.yaml` has it.
pub(super) const DNS_ADDRESS: &str = "10.96.0.10";
/// The API server's.
pub(super) const API_PORT: u16 = 16443;
/// etcd's, for clients and for itself.
pub(super) const ETCD_PORTS: (u16, u16) = (23790, 23800);
/// Of the servers of metrics, on the node's address; `autoscaling.yaml` has those that the API server asks.
pub(super) const METRICS_PORTS: MetricsPorts =
    MetricsPorts { operator: 20466, adapter: 20443, adapter_figures: 20480, pods: 20444 };
/// Of the stores outside of the cluster, on the node's address; the chart's values in `xtask/cluster/values` have them.
pub(super) const STORE_PORTS: Ports = Ports { postgres: 5432, redis: 6379, kafka: 9092 };
/// Of the controller of `Ingress` and `HTTPRoute`, on loopback, for TLS; `values/ingress.yaml` has it.
pub(super) const INGRESS_PORT: u16 = 20543;
/// Of the mail relay there.
pub(super) const RELAY_PORT: u16 = 587;

/// Ports of the servers of metrics.
pub(super) struct MetricsPorts {
    /// KEDA's operator, which looks at the lag.
    pub(super) operator: u16,
    /// KEDA's adapter, which the API server asks for the lag.
    pub(super) adapter: u16,
    /// The adapter's figures about itself, on all addresses: it has no setting for fewer.
    pub(super) adapter_figures: u16,
    /// The metrics of pods and nodes.
    pub(super) pods: u16,
}
