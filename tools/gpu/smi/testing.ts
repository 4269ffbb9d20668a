import { allColumns, fewColumns, moreColumns } from './commands.ts'

/** Transcripts of nvidia-smi, written from its documentation and from known facts of its output; none was taken from a machine. */

const base: Record<string, string> = {
  index: '0',
  uuid: 'GPU-11111111-2222-3333-4444-555555555555',
  name: 'NVIDIA H100 80GB HBM3',
  driver_version: '580.95.05',
  'memory.total': '81559',
  'memory.used': '74627',
  'memory.free': '6321',
  'utilization.gpu': '97',
  'utilization.memory': '44',
  'temperature.gpu': '61',
  'power.draw': '651.32',
  'power.limit': '700.00',
  'fan.speed': '[N/A]',
  'pci.bus_id': '00000000:18:00.0',
  'temperature.memory': '70',
  'clocks.sm': '1935',
  'clocks.max.sm': '1980',
  'clocks_event_reasons.active': '0x0000000000000004',
  'ecc.mode.current': 'Enabled',
  'pcie.link.gen.current': '5',
  'pcie.link.gen.max': '5',
  'pcie.link.width.current': '16',
  'pcie.link.width.max': '16',
  persistence_mode: 'Enabled',
  'mig.mode.current': 'Disabled',
}
const zeros = Object.keys(moreColumns).filter((name) => !(name in base))

export const uuidOf = (index: number) => `GPU-${String(index).repeat(8)}-2222-3333-4444-555555555555`

/** One CSV line with all columns, or with the thirteen. */
export const csvLine = (more: Record<string, string> = {}, columns: 'all' | 'few' = 'all'): string =>
  (columns === 'all' ? allColumns : fewColumns)
    .map((name) => more[name] ?? base[name] ?? (zeros.includes(name) ? '0' : '[N/A]'))
    .join(', ')

export const csvGpu = (index: number, more: Record<string, string> = {}) =>
  csvLine({ index: String(index), uuid: uuidOf(index), 'pci.bus_id': `00000000:${10 + index}:00.0`, ...more })

const wrap = (gpus: string, attached: number) => `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
	<timestamp>Fri Nov 20 12:00:00 2026</timestamp>
	<driver_version>580.95.05</driver_version>
	<cuda_version>13.0</cuda_version>
	<attached_gpus>${attached}</attached_gpus>
${gpus}
</nvidia_smi_log>
`

/** A driver of 535 and later. */
export const newXml = wrap(
  `	<gpu id="00000000:18:00.0">
		<product_name>NVIDIA H100 80GB HBM3</product_name>
		<persistence_mode>Enabled</persistence_mode>
		<mig_mode><current_mig>Disabled</current_mig><pending_mig>Disabled</pending_mig></mig_mode>
		<mig_devices>None</mig_devices>
		<uuid>GPU-00000000-2222-3333-4444-555555555555</uuid>
		<gpu_recovery_action>Drain and Reset</gpu_recovery_action>
		<pci>
			<pci_bus_id>00000000:18:00.0</pci_bus_id>
			<pci_gpu_link_info>
				<pcie_gen><max_link_gen>5</max_link_gen><current_link_gen>4</current_link_gen></pcie_gen>
				<link_widths><max_link_width>16x</max_link_width><current_link_width>8x</current_link_width></link_widths>
			</pci_gpu_link_info>
			<replay_counter>12</replay_counter>
		</pci>
		<fan_speed>N/A</fan_speed>
		<clocks_event_reasons>
			<clocks_event_reason_gpu_idle>Not Active</clocks_event_reason_gpu_idle>
			<clocks_event_reason_sw_power_cap>Active</clocks_event_reason_sw_power_cap>
			<clocks_event_reason_hw_slowdown>Active</clocks_event_reason_hw_slowdown>
			<clocks_event_reason_hw_thermal_slowdown>Active</clocks_event_reason_hw_thermal_slowdown>
		</clocks_event_reasons>
		<fb_memory_usage><total>81559 MiB</total><reserved>611 MiB</reserved><used>74627 MiB</used><free>6321 MiB</free></fb_memory_usage>
		<utilization><gpu_util>97 %</gpu_util><memory_util>44 %</memory_util></utilization>
		<ecc_mode><current_ecc>Enabled</current_ecc></ecc_mode>
		<ecc_errors>
			<volatile>
				<sram_correctable>1</sram_correctable><sram_uncorrectable_parity>0</sram_uncorrectable_parity>
				<dram_correctable>2</dram_correctable><dram_uncorrectable>4</dram_uncorrectable>
			</volatile>
			<aggregate><dram_correctable>9</dram_correctable><dram_uncorrectable>4</dram_uncorrectable></aggregate>
		</ecc_errors>
		<remapped_rows>
			<remapped_row_corr>0</remapped_row_corr><remapped_row_unc>2</remapped_row_unc>
			<remapped_row_pending>Yes</remapped_row_pending><remapped_row_failure>No</remapped_row_failure>
		</remapped_rows>
		<temperature><gpu_temp>61 C</gpu_temp><memory_temp>70 C</memory_temp></temperature>
		<gpu_power_readings>
			<average_power_draw>651.32 W</average_power_draw><instant_power_draw>660.00 W</instant_power_draw>
			<current_power_limit>700.00 W</current_power_limit>
		</gpu_power_readings>
		<clocks><sm_clock>1305 MHz</sm_clock></clocks>
		<max_clocks><sm_clock>1980 MHz</sm_clock></max_clocks>
		<processes>
			<process_info><gpu_instance_id>N/A</gpu_instance_id><pid>4242</pid><type>C</type><process_name>python3 train.py &lt;x&gt; &amp; co</process_name><used_memory>70000 MiB</used_memory></process_info>
			<process_info><pid>17</pid><type>G</type><process_name>Xorg</process_name><used_memory>N/A</used_memory></process_info>
			<process_info><pid>18</pid><type>C+G</type><process_name>blender</process_name><used_memory>300 MiB</used_memory></process_info>
		</processes>
	</gpu>`,
  1,
)

/** A driver before 525: other names for power, clocks and memory errors, and no recovery action. */
export const oldXml = wrap(
  `	<gpu id="00000000:18:00.0">
		<product_name>Tesla V100-SXM2-16GB</product_name>
		<uuid>GPU-00000000-2222-3333-4444-555555555555</uuid>
		<fb_memory_usage><total>16160 MiB</total><used>10 MiB</used></fb_memory_usage>
		<utilization><gpu_util>0 %</gpu_util></utilization>
		<clocks_throttle_reasons><clocks_throttle_reason_hw_power_brake_slowdown>Active</clocks_throttle_reason_hw_power_brake_slowdown></clocks_throttle_reasons>
		<ecc_errors><volatile><single_bit><total>3</total></single_bit><double_bit><total>1</total></double_bit></volatile></ecc_errors>
		<retired_pages>
			<multiple_single_bit_retirement><retired_count>2</retired_count></multiple_single_bit_retirement>
			<double_bit_retirement><retired_count>1</retired_count></double_bit_retirement>
			<pending_retirement>Yes</pending_retirement>
		</retired_pages>
		<temperature><gpu_temp>33 C</gpu_temp></temperature>
		<power_readings><power_draw>38.12 W</power_draw><power_limit>300.00 W</power_limit></power_readings>
	</gpu>`,
  1,
)

export const migXml = wrap(
  `	<gpu id="00000000:18:00.0">
		<product_name>NVIDIA A100-SXM4-80GB</product_name>
		<uuid>GPU-00000000-2222-3333-4444-555555555555</uuid>
		<mig_mode><current_mig>Enabled</current_mig></mig_mode>
		<mig_devices>
			<mig_device><index>0</index><gpu_instance_id>7</gpu_instance_id><compute_instance_id>0</compute_instance_id>
				<fb_memory_usage><total>9728 MiB</total><used>12 MiB</used></fb_memory_usage></mig_device>
			<mig_device><index>1</index><gpu_instance_id>8</gpu_instance_id>
				<fb_memory_usage><total>9728 MiB</total><used>9000 MiB</used></fb_memory_usage></mig_device>
		</mig_devices>
		<fb_memory_usage><total>81920 MiB</total><used>9100 MiB</used></fb_memory_usage>
		<utilization><gpu_util>N/A</gpu_util></utilization>
		<processes><process_info><gpu_instance_id>8</gpu_instance_id><pid>9</pid><type>C</type><process_name>python</process_name><used_memory>8900 MiB</used_memory></process_info></processes>
	</gpu>`,
  1,
)

/** What a failing program prints. Nothing of it is localised by nvidia-smi itself, but wrappers and numbers can be. */
export const failures = {
  driver:
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n\n",
  library:
    "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system. Please make sure that the NVIDIA Display Driver is properly installed and present in your system.\n",
  mismatch: 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.95\n',
  lost: 'Unable to determine the device handle for GPU3: 0000:5D:00.0: GPU is lost.  Reboot the system to recover this GPU\n',
  field: 'Field "clocks_event_reasons.active" is not a valid field to query.\n\n',
  permission: 'Failed to initialize NVML: Insufficient Permissions\n',
  none: 'No devices were found\n',
}
