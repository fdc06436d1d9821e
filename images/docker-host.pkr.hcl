# An image for Google Compute Engine with Docker installed and set up, by the very script that
# `DockerHost` gives to its machines: one made from it starts without downloading an engine.
#
#   python -m images.render > images/engine-setup.sh
#   packer init images
#   packer build -var project=<project> -var subnetwork=<subnetwork> images
#
# Built on a machine without an external address, reached through Google's Identity-Aware Proxy.

variable "project" {
  type        = string
  description = "Google Cloud project that builds and keeps the image."
}

variable "zone" {
  type        = string
  default     = "europe-west1-b"
  description = "Zone of the machine that the image is built on."
}

variable "subnetwork" {
  type        = string
  description = "Subnetwork of that machine; it needs Cloud NAT, and port 22 open to 35.235.240.0/20."
}

variable "source_family" {
  type        = string
  default     = "debian-13"
  description = "Family of the image to start from: debian-13, or another of Debian or Ubuntu."
}

variable "family" {
  type        = string
  default     = "dockyard-docker-host"
  description = "Family that the new image joins; a machine takes its newest one."
}

variable "setup_script" {
  type        = string
  default     = "images/engine-setup.sh"
  description = "The rendered set-up script, as a path from where packer is called."
}

source "googlecompute" "docker_host" {
  project_id          = var.project
  zone                = var.zone
  subnetwork          = var.subnetwork
  source_image_family = var.source_family
  image_name          = "${var.family}-{{timestamp}}"
  image_family        = var.family
  image_description   = "Docker host by Dockyard"
  machine_type        = "e2-small"
  disk_type           = "pd-balanced"
  ssh_username        = "packer"

  omit_external_ip = true
  use_internal_ip  = true
  use_iap          = true

  enable_secure_boot          = true
  enable_vtpm                 = true
  enable_integrity_monitoring = true
}

build {
  sources = ["source.googlecompute.docker_host"]

  provisioner "shell" {
    script          = var.setup_script
    execute_command = "sudo -n bash {{.Path}}"
  }

  # What a machine must not share with the next one. The version goes too: each machine runs the
  # script with its own settings and says so itself.
  provisioner "shell" {
    inline = [
      "sudo systemctl stop docker.socket docker.service",
      "sudo find /var/lib/docker -mindepth 1 -delete",
      "sudo rm /etc/dockyard/engine-setup",
    ]
  }
}
