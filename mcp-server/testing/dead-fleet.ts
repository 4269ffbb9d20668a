/** An upstream configuration in which everything is configured and nothing answers: port 9 of loopback is closed. */
export function deadFleet(url = 'http://127.0.0.1:9') {
  return {
    clusters: ['gpu-east', 'gpu-west'].map((name) => ({
      name,
      type: 'spoke',
      kubernetes: { url, token: 'kubernetes-token-of-a-test' },
      prometheus: { url },
      alertmanager: { url },
      loki: { url },
      tempo: { url },
    })),
    ray: [{ name: 'lab', dashboardUrl: url }],
    qubic: { url },
  }
}
