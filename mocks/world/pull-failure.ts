/** What kubelet says when an image cannot be had: at first, and while it waits to try again. */
export function pullFailure(image: string, attempt: number) {
  const message = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`
  const backsOff = `Back-off pulling image "${image}"`
  const isFirst = attempt === 0
  return {
    reason: isFirst ? 'ErrImagePull' : 'ImagePullBackOff',
    text: isFirst ? message : `${backsOff}: ErrImagePull: ${message}`,
    told: [
      { type: 'Normal' as const, reason: 'Pulling', message: `Pulling image "${image}"` },
      { type: 'Warning' as const, reason: 'Failed', message: `Failed to pull image "${image}": ${message}` },
      ...(isFirst ? [] : [{ type: 'Normal' as const, reason: 'BackOff', message: backsOff }]),
    ],
  }
}
