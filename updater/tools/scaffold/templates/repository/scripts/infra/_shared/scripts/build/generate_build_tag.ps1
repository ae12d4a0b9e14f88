<#
.SYNOPSIS
Prints the tag for an image built now.

.DESCRIPTION
The present time in Korea as YYYYMMDD-HHMMSS, such as 20260202-143512. It changes nothing.
The same as generate_build_tag.sh, for Windows.

.EXAMPLE
docker build --tag "ghcr.io/[[ org ]]/my-app:$(./generate_build_tag.ps1)" .
#>
[CmdletBinding()]
param()

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# By the distance to UTC, which needs no name of a time zone (Windows and Linux call them differently), and in the
# invariant culture: another one may count years otherwise.
$korea = [DateTimeOffset]::UtcNow.ToOffset([TimeSpan]::FromHours(9))
$korea.ToString('yyyyMMdd-HHmmss', [Globalization.CultureInfo]::InvariantCulture)
