import { DRIVER_VERSION } from '../world/nodes.ts'
import type { World } from '../world/world.ts'
import type { SmiGpu } from './run.ts'

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

interface Members {
  [name: string]: string | Members | Members[]
}

/** Elements by name; a list repeats its name. */
function elements(members: Members, indent: string): string {
  return Object.entries(members)
    .flatMap(([name, value]) => {
      const many = Array.isArray(value) ? value : [value]
      return many.map((one) =>
        typeof one === 'string'
          ? `${indent}<${name}>${escaped(one)}</${name}>`
          : `${indent}<${name}>\n${elements(one, `${indent}\t`)}\n${indent}</${name}>`,
      )
    })
    .join('\n')
}

const active = (yes: boolean) => (yes ? 'Active' : 'Not Active')

function gpuOf({ gpu, figures, processes }: SmiGpu): Members {
  const { model } = figures
  const rows = figures.xid === 94 ? '1' : '0'
  const isMigCapable = model.family !== 'ada-lovelace'
  return {
    product_name: model.modelName,
    product_architecture: model.family,
    persistence_mode: 'Enabled',
    mig_mode: { current_mig: isMigCapable ? 'Disabled' : 'N/A', pending_mig: isMigCapable ? 'Disabled' : 'N/A' },
    mig_devices: 'None',
    uuid: gpu.uuid,
    minor_number: String(gpu.index),
    gpu_recovery_action: 'None',
    pci: {
      pci_bus_id: gpu.pciBusId,
      pci_gpu_link_info: {
        pcie_gen: { max_link_gen: '5', current_link_gen: figures.utilization > 0 ? '5' : '1' },
        link_widths: { max_link_width: '16x', current_link_width: '16x' },
      },
      replay_counter: String(figures.pcieReplays),
    },
    fan_speed: 'N/A',
    performance_state: figures.utilization > 0 ? 'P0' : 'P8',
    clocks_event_reasons: {
      clocks_event_reason_gpu_idle: active(figures.utilization === 0),
      clocks_event_reason_sw_power_cap: 'Not Active',
      clocks_event_reason_hw_slowdown: active(figures.hot),
      clocks_event_reason_hw_thermal_slowdown: active(figures.hot),
      clocks_event_reason_hw_power_brake_slowdown: 'Not Active',
      clocks_event_reason_sw_thermal_slowdown: 'Not Active',
    },
    fb_memory_usage: {
      total: `${model.memoryMib} MiB`,
      reserved: `${figures.reservedMib} MiB`,
      used: `${figures.usedMib} MiB`,
      free: `${model.memoryMib - figures.reservedMib - figures.usedMib} MiB`,
    },
    utilization: { gpu_util: `${figures.utilization} %`, memory_util: `${figures.memoryUtilization} %` },
    ecc_mode: { current_ecc: 'Enabled', pending_ecc: 'Enabled' },
    ecc_errors: {
      volatile: { dram_correctable: '0', dram_uncorrectable: rows },
      aggregate: { dram_correctable: '0', dram_uncorrectable: rows },
    },
    remapped_rows: {
      remapped_row_corr: '0',
      remapped_row_unc: rows,
      remapped_row_pending: 'No',
      remapped_row_failure: 'No',
    },
    temperature: {
      gpu_temp: `${figures.temperatureC} C`,
      gpu_temp_tlimit: `${87 - figures.temperatureC} C`,
      memory_temp: `${figures.memoryTemperatureC} C`,
    },
    gpu_power_readings: {
      power_state: 'P0',
      average_power_draw: `${figures.powerW.toFixed(2)} W`,
      instant_power_draw: `${figures.powerW.toFixed(2)} W`,
      current_power_limit: `${model.powerLimitW.toFixed(2)} W`,
    },
    clocks: { sm_clock: `${figures.smClockMhz} MHz`, mem_clock: `${model.memoryClockMhz} MHz` },
    max_clocks: { sm_clock: `${model.smClockMhz} MHz` },
    processes: {
      process_info: processes.map(({ pid, name, usedMib }) => ({
        gpu_instance_id: 'N/A',
        compute_instance_id: 'N/A',
        pid: String(pid),
        type: 'C',
        process_name: name,
        used_memory: `${usedMib} MiB`,
      })),
    },
  }
}

/** `nvidia-smi -q -x`. */
export function wholeXml(world: World, all: SmiGpu[]): string {
  const gpus = all
    .map((one) => `\t<gpu id="${one.gpu.pciBusId}">\n${elements(gpuOf(one), '\t\t')}\n\t</gpu>`)
    .join('\n')
  return `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
\t<timestamp>${new Date(world.now()).toUTCString()}</timestamp>
\t<driver_version>${DRIVER_VERSION}</driver_version>
\t<cuda_version>13.0</cuda_version>
\t<attached_gpus>${all.length}</attached_gpus>
${gpus}
</nvidia_smi_log>
`
}
