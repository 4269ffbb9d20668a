import { type Check, waiting } from '../check.ts'

const pulling = ['ImagePullBackOff', 'ErrImagePull']
const creating = [
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
  'StartError',
]

/** Why a container does not start: its image. */
export const imageChecks: Check[] = [
  waiting(pulling, /not found|manifest unknown|does not exist|no such manifest/i, {
    id: 'image-not-found',
    title: 'The image {image} does not exist',
    cause: 'The registry knows no such name or tag.',
    remedy: 'Correct the image name or tag, or push the image.',
  }),
  waiting(pulling, /unauthorized|authentication required|denied|forbidden|\b40[13]\b|no basic auth/i, {
    id: 'image-unauthorized',
    title: 'The registry refuses to hand out {image}',
    cause: 'The pull secret is missing, wrong or expired, or the account may not read this image.',
    remedy: 'Check imagePullSecrets of the pod and its service account, and renew the secret.',
  }),
  waiting(pulling, /toomanyrequests|rate limit|\b429\b/i, {
    id: 'image-rate-limited',
    title: 'The registry limits pulls',
    cause: 'Too many pulls from this address or account.',
    remedy: 'Pull as a signed-in account, or through a mirror; it also passes by itself after a while.',
  }),
  waiting(pulling, /x509|certificate|tls:/i, {
    id: 'image-registry-certificate',
    title: 'The certificate of the registry is not trusted',
    cause: 'The node does not know the authority that signed it, or it has expired.',
    remedy: 'Install the authority on the nodes, or renew the certificate of the registry.',
  }),
  waiting(pulling, /dial tcp|i\/o timeout|no such host|connection refused|deadline exceeded|network is unreachable/i, {
    id: 'image-registry-unreachable',
    title: 'The node cannot reach the registry',
    cause: 'Name resolution, a firewall or a proxy on the node stands in the way, or the registry is down.',
    remedy: 'Test the way from the node to the registry; look whether other pods on this node pull.',
  }),
  waiting(pulling, /no space left on device/i, {
    id: 'image-disk-full',
    title: 'The disk of the node is full',
    cause: 'There is no room to unpack the image.',
    remedy: 'Free the image store of the node, or give it a larger disk.',
  }),
  waiting(pulling, /no match for platform|no matching manifest|exec format/i, {
    id: 'image-architecture',
    title: '{image} is not built for the processor of this node',
    cause: 'The image has no variant for the architecture of the node.',
    remedy: 'Build the image for it, or select nodes of the right architecture.',
  }),
  waiting(['InvalidImageName'], undefined, {
    id: 'image-name-invalid',
    title: '{image} is no image name',
    cause: 'The reference cannot be parsed.',
    remedy: 'Correct the image field: registry/path:tag in lower case.',
  }),
  waiting(['ErrImageNeverPull'], undefined, {
    id: 'image-never-pull',
    title: 'The image is not on the node and must not be pulled',
    cause: 'imagePullPolicy is Never.',
    remedy: 'Load the image onto the node, or allow it to be pulled.',
  }),
  waiting([...pulling, 'ImageInspectError', 'RegistryUnavailable'], undefined, {
    id: 'image-pull-failed',
    title: 'The image {image} cannot be pulled',
    cause: 'See the message of the kubelet.',
    remedy: 'Look at the message; test the pull by hand from the node.',
    fallback: true,
  }),
]

/** Why a container cannot be created: what it refers to, or what it runs. */
export const creationChecks: Check[] = [
  waiting(creating, /configmap "?(?<name>[^"\s]+)"? not found/i, {
    id: 'configmap-missing',
    title: 'ConfigMap {name} does not exist',
    cause: 'The container takes its environment from it.',
    remedy: 'Create it in the namespace of the pod, or correct the name; a near name may be a slip.',
  }),
  waiting(creating, /secret "?(?<name>[^"\s]+)"? not found/i, {
    id: 'secret-missing',
    title: 'Secret {name} does not exist',
    cause: 'The container takes its environment from it.',
    remedy: 'Create it in the namespace of the pod, or correct the name.',
  }),
  waiting(creating, /couldn't find key (?<key>\S+) in (?<kind>\w+) (?<name>\S+)/i, {
    id: 'config-key-missing',
    title: '{kind} {name} has no key {key}',
    cause: 'The container takes a variable from a key that is not there.',
    remedy: 'Add the key, or correct its name in the pod.',
  }),
  waiting(creating, /runAsNonRoot|non-numeric user|run as root/i, {
    id: 'runs-as-root',
    title: 'The image wants to run as root and may not',
    cause: 'securityContext.runAsNonRoot is set and the image has no numeric user.',
    remedy: 'Set runAsUser, or give the image a numeric user.',
  }),
  waiting(creating, /executable file not found|no such file or directory/i, {
    id: 'command-not-found',
    title: 'The command of {container} does not exist in its image',
    cause: 'command or entrypoint names a file that is not there; often a slip of the pen.',
    remedy: 'Correct command and args, or the image.',
  }),
  waiting(creating, /permission denied/i, {
    id: 'command-not-executable',
    title: 'The command of {container} may not be executed',
    cause: 'The file is there without the right to run it.',
    remedy: 'Set its executable bit in the image, or run it through its interpreter.',
  }),
  waiting(['PostStartHookError', 'PreStartHookError', 'PreCreateHookError'], undefined, {
    id: 'lifecycle-hook-failed',
    title: 'A lifecycle hook of {container} fails',
    cause: 'The hook ended with an error and takes the container with it.',
    remedy: 'Run the command of the hook by hand in the image; correct or remove it.',
  }),
  waiting(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'StartError'], undefined, {
    id: 'container-create-failed',
    title: '{container} cannot be created',
    cause: 'See the message of the kubelet.',
    remedy: 'Look at the message and at the pod with get_resource.',
    fallback: true,
  }),
]
