<?php
/**
 * Translations as a list in PHP: one readable file a language, which every version of WordPress takes.
 */

namespace Adserver;

/** Translates the plugin's texts, where no translation came from elsewhere. */
function translated( $translation, $text ) {
	if ( $translation !== $text ) {
		return $translation;
	}
	static $lists = array();
	$locale       = determine_locale();
	if ( ! isset( $lists[ $locale ] ) ) {
		$file             = dirname( PLUGIN_FILE ) . '/languages/' . preg_replace( '/[^A-Za-z_]/', '', $locale ) . '.php';
		$lists[ $locale ] = is_readable( $file ) ? require $file : array();
	}
	return $lists[ $locale ][ $text ] ?? $translation;
}
